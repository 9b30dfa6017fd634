namespace Posthorn.Client.Contracts.Tasks;

/// <summary>A message that a task could not handle.</summary>
/// <param name="Message">Its id.</param>
/// <param name="Reason">Why.</param>
public sealed record TaskError(string Message, string Reason);
