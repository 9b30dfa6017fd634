using Posthorn.Messages;

namespace Posthorn.Simulation.Audit;

/// <summary>A message as the engine has it.</summary>
/// <param name="Message">The message.</param>
/// <param name="Bytes">All of its content; null when it was not read.</param>
public sealed record FoundMessage(Message Message, byte[]? Bytes);
