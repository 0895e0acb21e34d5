" made by tools/editors.py from linuxmm/scenario: do not edit
" .mm is also Objective-C++: the first line tells
autocmd BufRead,BufNewFile *.mm if getline(1) =~# '^linuxmm-scenario' | set filetype=linuxmm | endif
