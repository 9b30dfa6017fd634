namespace Posthorn.Server.Pipeline.Processors;

/// <summary>The keys of a rule that are no mailets.</summary>
internal static class RuleKeys
{
    public const string If = "if";

    public const string OnError = "on-error";

    public static IReadOnlyList<string> All { get; } = [If, OnError];
}
