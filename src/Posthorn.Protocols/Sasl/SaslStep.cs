namespace Posthorn.Protocols.Sasl;

/// <summary>What a mechanism says to a response of the client.</summary>
public abstract record SaslStep
{
    private SaslStep()
    {
    }

    /// <summary>The exchange goes on with this challenge; it may be empty.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Bytes) : SaslStep;

    /// <summary>The client has proved to be this account.</summary>
    public sealed record Success(string Account) : SaslStep;

    /// <summary>It has not; why is nobody's business.</summary>
    public sealed record Failure : SaslStep
    {
        internal static readonly Failure Instance = new();
    }
}
