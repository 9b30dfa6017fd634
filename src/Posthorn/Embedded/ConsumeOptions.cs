namespace Posthorn.Embedded;

/// <summary>How <see cref="IQueue.ConsumeAsync"/> consumes.</summary>
public sealed record ConsumeOptions : ConsumerOptions
{
    /// <summary>One message at a time.</summary>
    public static ConsumeOptions Default { get; } = new();
}
