namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What becomes of a branch after a mailet: null is that it goes on.</summary>
internal abstract record NextStep
{
    /// <summary>Its way through the pipeline is over.</summary>
    public static NextStep End { get; } = new Ended();

    private sealed record Ended : NextStep;

    /// <summary>It goes on in another processor.</summary>
    public sealed record To(Processor Processor) : NextStep;
}
