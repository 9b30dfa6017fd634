using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Binds <c>pop3</c>.</summary>
internal static class Pop3OptionsBinder
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static Pop3Options Bind(ConfigNode node, ICollection<ConfigError> errors)
    {
        var section = ConfigReader.Open(node, errors);
        var byDefault = new Pop3Options();
        var options = new Pop3Options
        {
            LineBytesMax = section.Integer("max-line", byDefault.LineBytesMax, min: 255, max: 65_536), // RFC 2449 4
            MessagesMax = section.Integer("max-messages", byDefault.MessagesMax, min: 1, max: 1_000_000),
            LeaseTime = section.Duration("lease-time", byDefault.LeaseTime, min: TimeSpan.FromSeconds(30), max: TimeSpan.FromHours(12)),
            LoginTimeout = section.Duration("login-timeout", byDefault.LoginTimeout, min: s_second),
            IdleTimeout = section.Duration("idle-timeout", byDefault.IdleTimeout, min: s_second),
            SessionTimeMax = section.Duration("max-session-time", byDefault.SessionTimeMax, min: s_second),
            ErrorsBeforeDelay = section.Integer("errors-before-delay", byDefault.ErrorsBeforeDelay),
            ErrorDelay = section.Duration("error-delay", byDefault.ErrorDelay, max: TimeSpan.FromMinutes(1)),
            ErrorsMax = section.Integer("max-errors", byDefault.ErrorsMax, min: 1),
            AuthFailuresMax = section.Integer("max-auth-failures", byDefault.AuthFailuresMax, min: 1),
            ConnectionsMax = section.Integer("max-connections", byDefault.ConnectionsMax, min: 1),
            ConnectionsPerAddressMax = section.Integer("max-connections-per-address", byDefault.ConnectionsPerAddressMax, min: 1),
            AllowsPlainAuthWithoutTls = section.Flag("plain-auth-without-tls", byDefault.AllowsPlainAuthWithoutTls),
        };
        section.Close();
        return options;
    }
}
