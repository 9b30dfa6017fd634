namespace Posthorn.Server.Operate.Configuration;

/// <summary>A configuration that was read and found valid.</summary>
/// <param name="Options">What it says.</param>
/// <param name="Effective">What is set and where, to be shown.</param>
/// <param name="Warnings">What will not do what it says, in the order of the sections.</param>
public sealed record LoadedConfig(PosthornOptions Options, EffectiveConfig Effective, IReadOnlyList<ConfigWarning> Warnings)
{
    /// <summary>Options that a program made itself.</summary>
    public static LoadedConfig Of(PosthornOptions options) => new(options, EffectiveConfig.None, []);
}
