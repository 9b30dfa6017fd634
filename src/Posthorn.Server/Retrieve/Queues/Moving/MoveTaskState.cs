namespace Posthorn.Server.Retrieve.Queues.Moving;

/// <summary>Where a move task stands; the names are the protocol's, in upper case.</summary>
internal enum MoveTaskState
{
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed,
}
