using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>Binds <c>imap</c>.</summary>
internal static class ImapOptionsBinder
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static ImapOptions Bind(ConfigNode node, ICollection<ConfigError> errors)
    {
        var section = ConfigReader.Open(node, errors);
        var byDefault = new ImapOptions();
        var options = new ImapOptions
        {
            ConnectionsMax = section.Integer("max-connections", byDefault.ConnectionsMax, min: 1),
            ConnectionsPerAddressMax = section.Integer("max-connections-per-address", byDefault.ConnectionsPerAddressMax, min: 1),
            ConnectionsPerAccountMax = section.Integer("max-connections-per-account", byDefault.ConnectionsPerAccountMax, min: 1),
            LineBytesMax = section.Integer("max-line", byDefault.LineBytesMax, min: 8_192, max: 1 << 20), // RFC 7162 4
            LiteralBytesMax = section.Integer("max-literals", byDefault.LiteralBytesMax, min: 4_096, max: 16 << 20),
            MessageBytesMax = section.Size("max-size", byDefault.MessageBytesMax, min: 65_536),
            MessagesPerAppendMax = section.Integer("max-messages-per-append", byDefault.MessagesPerAppendMax, min: 1, max: 10_000),
            IdleTimeout = section.Duration("idle-timeout", byDefault.IdleTimeout, min: s_second),
            LoginTimeout = section.Duration("login-timeout", byDefault.LoginTimeout, min: s_second),
            SendTimeout = section.Duration("send-timeout", byDefault.SendTimeout, min: s_second),
            ErrorDelay = section.Duration("error-delay", byDefault.ErrorDelay, max: TimeSpan.FromMinutes(1)),
            AuthFailuresMax = section.Integer("max-auth-failures", byDefault.AuthFailuresMax, min: 1),
            ErrorsMax = section.Integer("max-errors", byDefault.ErrorsMax, min: 1),
            AllowsPlainAuthWithoutTls = section.Flag("plain-auth-without-tls", byDefault.AllowsPlainAuthWithoutTls),
            Compresses = section.Flag("compress", byDefault.Compresses),
            StructureCacheBytesMax = section.Size("structure-cache", byDefault.StructureCacheBytesMax),
        };
        section.Close();
        return options;
    }
}
