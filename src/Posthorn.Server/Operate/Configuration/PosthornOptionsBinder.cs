using System.Buffers;
using Microsoft.Extensions.Logging;
using Posthorn.Bodies;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Operate.Tls;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.Server.Retrieve.Pop3;

namespace Posthorn.Server.Operate.Configuration;

/// <summary>Binds the whole tree. Every section is read whatever is wrong in the others, so that one run tells every fault.</summary>
internal static class PosthornOptionsBinder
{
    private static readonly SearchValues<char> s_hostnameChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

    public static PosthornOptions Bind(ConfigNode.Map tree, ICollection<ConfigError> errors, ICollection<ConfigWarning> warnings)
    {
        var root = ConfigReader.Open(tree, errors);
        var defaults = new PosthornOptions();
        var accounts = AccountsBinder.Bind(root, warnings);
        var options = new PosthornOptions
        {
            Data = root.FilePath("data") ?? Path.GetFullPath(defaults.Data),
            Engine = BindEngine(root),
            Node = BindNode(root),
            Hostname = BindHostname(root, defaults.Hostname),
            Listen = ListenBinder.Bind(root, hasAccounts: accounts.Count > 0),
            Tls = BindTls(root),
            Accounts = accounts,
            Queues = QueuesBinder.Bind(root, errors),
            Addresses = AddressesBinder.Bind(root, errors),
            Pipeline = BindPipeline(root),
            Outgoing = root.Node("outgoing") is { } outgoing ? OutgoingOptionsBinder.Bind(outgoing, errors) : defaults.Outgoing,
            Smtp = root.Node("smtp") is { } smtp ? SmtpOptionsBinder.Bind(smtp, errors) : defaults.Smtp,
            Pop3 = root.Node("pop3") is { } pop3 ? Pop3OptionsBinder.Bind(pop3, errors) : defaults.Pop3,
            Imap = root.Node("imap") is { } imap ? ImapOptionsBinder.Bind(imap, errors) : defaults.Imap,
            Timeline = BindTimeline(root),
            Log = BindLog(root),
            Aws = BindAws(root),
            Webhooks = WebhookOptionsBinder.Bind(root),
        };
        root.Close();
        return options;
    }

    private static EngineOptions BindEngine(ConfigReader root)
    {
        var defaults = new EngineOptions();
        if (root.Section("engine") is not { } section)
            return defaults;
        var options = new EngineOptions
        {
            Postgres = section.Text("postgres"),
            Listen = section.Text("listen"),
            Schema = section.Text("schema", defaults.Schema),
            Bodies = BindBodies(section),
            BodyGrace = section.Duration("body-grace", defaults.BodyGrace, min: TimeSpan.FromSeconds(1), max: TimeSpan.FromDays(30)),
        };
        if (options.Postgres is null && (section.Has("listen") || section.Has("schema")))
            section.Refuse("postgres", "is missing: listen and schema say more of it");
        options = options with { Shards = ShardsBinder.Bind(section, options) };
        section.Close();
        return options;
    }

    private static string? BindNode(ConfigReader root)
    {
        var name = root.Text("node");
        // Of digits only it could not be told from a node's number.
        if (name is not null && (name.Length is 0 or > 63 || name.AsSpan().ContainsAnyExcept(s_hostnameChars) || name.All(char.IsAsciiDigit)))
            root.Refuse("node", $"'{name}' is no name for a node; write up to 63 letters, digits, hyphens and dots, like mail1");
        return name;
    }

    private static string? BindBodies(ConfigReader section)
    {
        if (section.Text("bodies") is not { } place)
            return null;
        if (!place.Contains("://", StringComparison.Ordinal))
            return section.FilePath("bodies");
        try
        {
            S3Options.Parse(place);
        }
        catch (FormatException e)
        {
            section.Refuse("bodies", $"cannot be read: {e.Message}; a shared folder is written as its path");
        }
        return place;
    }

    private static string BindHostname(ConfigReader root, string byDefault)
    {
        var name = root.Text("hostname", byDefault);
        var isName = name.Length <= 253 && !name.AsSpan().ContainsAnyExcept(s_hostnameChars)
            && Array.TrueForAll(name.Split('.'), label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-');
        if (!isName)
            root.Refuse("hostname", $"'{name}' is no host name; write the name that other mail servers know this one by, like mail.example.com");
        return name;
    }

    private static TlsOptions? BindTls(ConfigReader root)
    {
        if (root.Section("tls") is not { } section)
            return null;
        _ = section.RequiredText("certificate");
        _ = section.RequiredText("key");
        var certificate = section.FilePath("certificate");
        var key = section.FilePath("key");
        section.Close();
        if (certificate is null || key is null)
            return null;
        var options = new TlsOptions(certificate, key);
        if (TlsCertificates.FaultOf(options) is { } fault)
            section.Refuse(fault.Key, fault.Reason);
        return options;
    }

    private static ConfigNode.Map? BindPipeline(ConfigReader root)
    {
        switch (root.Node("pipeline"))
        {
            case null:
                return null;
            case ConfigNode.Map map:
                return map;
            default:
                root.Refuse("pipeline", "is a map of processors, each with its rules; the first one is root: \"pipeline: { root: [ { deliver: mailbox } ] }\"");
                return null;
        }
    }

    private static TimelineOptions BindTimeline(ConfigReader root)
    {
        var defaults = new TimelineOptions();
        if (root.Section("timeline") is not { } section)
            return defaults;
        var options = new TimelineOptions
        {
            Retention = section.Duration("retention", defaults.Retention, min: TimeSpan.FromHours(1), max: TimeSpan.FromDays(36_500)),
            BytesMax = section.Size("max-size", defaults.BytesMax, min: 1_000_000),
        };
        section.Close();
        return options with { FileBytesMax = Math.Clamp(options.BytesMax / 8, 100_000, defaults.FileBytesMax) };
    }

    private static LogOptions BindLog(ConfigReader root)
    {
        var defaults = new LogOptions();
        if (root.Section("log") is not { } section)
            return defaults;
        var options = new LogOptions
        {
            Level = section.Choice("level", LogLevel.Information),
            Format = section.Choice("format", defaults.Format),
            Messages = section.Flag("messages", defaults.Messages),
        };
        section.Close();
        return options;
    }

    private static AwsOptions BindAws(ConfigReader root)
    {
        var defaults = new AwsOptions();
        if (root.Section("aws") is not { } section)
            return defaults;
        var account = section.Text("account", defaults.Account);
        if (account.Length != 12 || !account.All(char.IsAsciiDigit))
            section.Refuse("account", $"'{account}' is no account number; write 12 digits, like \"000000000000\"");
        var allowsPrivate = section.Flag("private-endpoints", defaults.AllowsPrivateEndpoints);
        section.Close();
        return new AwsOptions { Account = account, AllowsPrivateEndpoints = allowsPrivate };
    }
}
