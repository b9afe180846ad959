"""The six search-asymmetry experiments of Gupta et al. (2021), with people's reaction times."""
