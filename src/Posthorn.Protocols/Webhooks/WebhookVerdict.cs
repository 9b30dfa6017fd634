namespace Posthorn.Protocols.Webhooks;

/// <summary>What a receiver finds of a webhook.</summary>
public enum WebhookVerdict
{
    /// <summary>One of its signatures is one of the secrets'.</summary>
    Valid,
    /// <summary>A header is missing, empty, or the timestamp is no number.</summary>
    Malformed,
    /// <summary>It was sent too long ago: somebody may have kept it to send it again.</summary>
    TooOld,
    /// <summary>It was sent in the future: the clocks differ too much.</summary>
    TooNew,
    /// <summary>No signature of a version that is known fits.</summary>
    WrongSignature,
}
