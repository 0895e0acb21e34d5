"""One file per verb: parse the command line, call the library, print; nothing else."""
