namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>Ends a move task that cannot go on.</summary>
/// <param name="reason">The code that clients are told.</param>
internal sealed class MoveFailedException(string reason) : Exception(reason)
{
    public string Reason { get; } = reason;
}
