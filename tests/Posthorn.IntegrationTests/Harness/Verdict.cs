namespace Posthorn.IntegrationTests.Harness;

/// <summary>What a recording server answers to a command instead of its usual reply.</summary>
internal sealed record Verdict(string Reply)
{
    /// <summary>Says nothing until the server is closed.</summary>
    public static Verdict Hang { get; } = new("");

    /// <summary>Closes the connection without a word.</summary>
    public static Verdict Drop { get; } = new("");
}
