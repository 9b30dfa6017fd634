namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What a call says of its endpoint, whatever becomes of the message.</summary>
internal enum CallVerdict
{
    /// <summary>Nothing: there was no call.</summary>
    None,
    /// <summary>Somebody is there, and answers: it took the message, or has something against this one.</summary>
    Answers,
    /// <summary>It does not work: no connection, no answer in time, or one that it would give to any message.</summary>
    Fails,
    /// <summary>It is no more (410).</summary>
    Gone,
}
