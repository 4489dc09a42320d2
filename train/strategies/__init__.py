"""The six strategies of Won et al. (ISMIR 2021): their data, losses, training and table of figures."""
