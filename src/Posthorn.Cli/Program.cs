using Posthorn.Cli;
using Posthorn.Cli.Terminal;

return await PosthornProgram.RunAsync(args, Surroundings.OfProcess());
