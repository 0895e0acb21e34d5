"""Operations by system: each module numbers its own and sends each to its entry point."""
