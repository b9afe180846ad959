"""How many people and trials an experiment needs: power, simulated by resampling people's reaction times."""
