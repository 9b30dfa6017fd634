namespace Posthorn.Server.Operate.Configuration;

/// <summary>Something in the configuration that is valid but will not do what it says, or not safely; printed at start.</summary>
public sealed record ConfigWarning(ConfigLocation Location, string Key, string Text)
{
    public override string ToString() => $"{Location}: {Key}: {Text}";
}
