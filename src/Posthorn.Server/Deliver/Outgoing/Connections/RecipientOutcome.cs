namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>What became of one recipient in one attempt.</summary>
public enum RecipientOutcome
{
    /// <summary>The other side took it.</summary>
    Delivered,
    /// <summary>Not now.</summary>
    Deferred,
    /// <summary>Never.</summary>
    Failed,
    /// <summary>An administrator's order holds it.</summary>
    Held,
    /// <summary>An administrator's order removes it without a word.</summary>
    Discarded,
    /// <summary>It was not tried: it waits as before, and the attempt does not count.</summary>
    Untried,
}
