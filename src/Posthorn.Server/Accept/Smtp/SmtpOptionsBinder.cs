using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Binds <c>smtp</c>.</summary>
internal static class SmtpOptionsBinder
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static SmtpOptions Bind(ConfigNode node, ICollection<ConfigError> errors)
    {
        var section = ConfigReader.Open(node, errors);
        var byDefault = new SmtpOptions();
        var options = new SmtpOptions
        {
            // The least values are those that RFC 5321 4.5.3.1 obliges a server to take.
            LineBytesMax = section.Integer("max-line", byDefault.LineBytesMax, min: 512, max: 65_536),
            RecipientsMax = section.Integer("max-recipients", byDefault.RecipientsMax, min: 100, max: 50_000),
            MessageBytesMax = section.Size("max-size", byDefault.MessageBytesMax, min: 65_536),
            MailsPerSessionMax = section.Integer("max-mails-per-session", byDefault.MailsPerSessionMax, min: 1),
            CommandsBetweenMailsMax = section.Integer("max-commands-between-mails", byDefault.CommandsBetweenMailsMax, min: 10),
            ErrorsBeforeDelay = section.Integer("errors-before-delay", byDefault.ErrorsBeforeDelay),
            ErrorDelay = section.Duration("error-delay", byDefault.ErrorDelay, max: TimeSpan.FromMinutes(1)),
            ErrorsMax = section.Integer("max-errors", byDefault.ErrorsMax, min: 1),
            AuthFailuresMax = section.Integer("max-auth-failures", byDefault.AuthFailuresMax, min: 1),
            ConnectionsMax = section.Integer("max-connections", byDefault.ConnectionsMax, min: 1),
            ConnectionsPerAddressMax = section.Integer("max-connections-per-address", byDefault.ConnectionsPerAddressMax, min: 1),
            IdleTimeout = section.Duration("idle-timeout", byDefault.IdleTimeout, min: s_second),
            DataBytesPerSecondMin = section.Integer("min-data-rate", byDefault.DataBytesPerSecondMin, min: 1),
            SessionTimeMax = section.Duration("max-session-time", byDefault.SessionTimeMax, min: s_second),
            HopsMax = section.Integer("max-hops", byDefault.HopsMax, min: 1),
            BareNewlines = section.Choice("bare-newlines", byDefault.BareNewlines),
            FutureReleaseMax = section.Duration("max-future-release", byDefault.FutureReleaseMax, max: TimeSpan.FromSeconds(999_999_999)), // 9 digits (RFC 4865 4)
            AllowsPlainAuthWithoutTls = section.Flag("plain-auth-without-tls", byDefault.AllowsPlainAuthWithoutTls),
            RelayNetworks = section.Networks("relay-networks"),
        };
        section.Close();
        return options;
    }
}
