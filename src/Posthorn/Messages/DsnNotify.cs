namespace Posthorn.Messages;

/// <summary>When the sender wants a delivery status notification (RFC 3461 4.1). Nothing set is the default: on failure, and on delay as the server likes.</summary>
[Flags]
public enum DsnNotify : byte
{
    /// <summary>The sender said nothing.</summary>
    Default = 0,
    /// <summary>Never; alone.</summary>
    Never = 1,
    /// <summary>When it was delivered.</summary>
    Success = 2,
    /// <summary>When it could not be delivered.</summary>
    Failure = 4,
    /// <summary>When its delivery is delayed.</summary>
    Delay = 8,
}
