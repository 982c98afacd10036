"""The commands of `viis`, one file each."""
