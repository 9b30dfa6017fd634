namespace Posthorn.Server.Retrieve.Streams;

/// <summary>What came of settling a message.</summary>
internal enum SettleOutcome
{
    /// <summary>Nothing yet.</summary>
    None,
    /// <summary>It is done, on stable storage.</summary>
    Done,
    /// <summary>The handle is of no message that is in flight on this stream.</summary>
    UnknownHandle,
    /// <summary>The lease had ended; the message may be somebody else's by now.</summary>
    LeaseEnded,
    /// <summary>Another commit changes the message; it stays in flight, to be tried again.</summary>
    Busy,
}
