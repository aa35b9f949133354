"""`python -m quickdemo` is the same as `quickdemo`."""

from quickdemo.cli.main import main

if __name__ == "__main__":
    main()
