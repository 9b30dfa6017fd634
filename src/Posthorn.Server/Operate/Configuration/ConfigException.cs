namespace Posthorn.Server.Operate.Configuration;

/// <summary>The configuration is refused; the message lists every error, one a line.</summary>
public sealed class ConfigException(IReadOnlyList<ConfigError> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<ConfigError> Errors { get; } = errors;
}
