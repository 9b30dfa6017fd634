namespace Posthorn.Server.Operate.Configuration;

/// <summary>One value that is set: its key, its text (a secret masked), and where it was set.</summary>
public sealed record EffectiveSetting(string Key, string Value, ConfigLocation Location)
{
    public override string ToString() => $"{Key} = {(Value.Contains('\n', StringComparison.Ordinal) ? Value.ReplaceLineEndings("\\n") : Value)}  ({Location})";
}
