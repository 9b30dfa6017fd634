namespace Posthorn.Simulation.World;

/// <summary>One thing that one client does.</summary>
/// <param name="Id">Its own; with the seed it decides all that is random about the step.</param>
/// <param name="Life">In which life of the store, from 0.</param>
/// <param name="Client">Who does it; a client does its steps in the order of their ids.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Size">How much of it, 1 to 100: the largest body, number of messages, time; smaller is simpler.</param>
public sealed record Step(int Id, int Life, int Client, StepKind Kind, int Size = 50);
