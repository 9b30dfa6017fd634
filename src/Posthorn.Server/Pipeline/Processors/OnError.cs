namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What a rule does with a mail on which its matcher or one of its mailets failed.</summary>
internal abstract record OnError
{
    /// <summary>It is tried again later, from this rule; in the end it goes to the processor <c>error</c>.</summary>
    public static OnError Retry { get; } = new Later();

    /// <summary>The failed mailet is left out; a failed matcher selects nobody.</summary>
    public static OnError Ignore { get; } = new Nothing();

    private sealed record Later : OnError;

    private sealed record Nothing : OnError;

    /// <summary>It goes to a processor, with the exception.</summary>
    public sealed record To(string Processor) : OnError;
}
