using Posthorn.Simulation;

return SimulateCommand.Run(args);
