using System.Globalization;
using System.Net;
using Posthorn.Protocols.Schedules;
using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Rates;
using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Deliver.Outgoing;

/// <summary>Reads the section <c>outgoing</c>.</summary>
public static class OutgoingOptionsBinder
{
    private static readonly OutgoingOptions s_defaults = new();

    public static OutgoingOptions Bind(ConfigNode node, ICollection<ConfigError> errors)
    {
        var section = ConfigReader.Open(node, errors);
        var options = new OutgoingOptions
        {
            Relay = Relay(section, errors),
            Schedule = Schedule(section),
            Jitter = Fraction(section, "jitter", s_defaults.Jitter),
            Concurrency = Concurrency(section.Section("concurrency")),
            PerDestination = PerDestination(section.Section("per-destination")),
            GiveUpAfter = section.Duration("give-up-after", s_defaults.GiveUpAfter, TimeSpan.FromSeconds(1), RetrySchedule.DelayMax),
            DelayWarningAfter = DelayWarning(section),
            HeloName = HeloName(section),
            BindAddress = Address(section, "bind"),
            Resolvers = Resolvers(section, errors),
            Port = section.Integer("port", s_defaults.Port, 1, 65_535),
            Tls = section.Choice("tls", s_defaults.Tls),
            Timeouts = Timeouts(section.Section("timeouts")),
            DeadLetters = section.Flag("dead-letters", s_defaults.DeadLetters),
            DrainTimeout = section.Duration("drain-timeout", s_defaults.DrainTimeout),
        };
        section.Close();
        return options;
    }

    // "relay: host:port" or "relay: { host: host:port, user: …, password: …, tls: … }".
    private static RelayOptions? Relay(ConfigReader section, ICollection<ConfigError> errors)
    {
        switch (section.Node("relay"))
        {
            case null:
                return null;
            case ConfigNode.Map map:
                var relay = ConfigReader.Open(map, errors);
                var read = HostAndPort(relay, "host", relay.RequiredText("host"));
                var user = relay.Text("user");
                var password = relay.Text("password");
                if (user is null != password is null)
                    relay.Refuse(user is null ? "password" : "user", "user and password go together");
                read = read is null ? null : read with { User = user, Password = password, IsImplicitTls = relay.Flag("implicit-tls", read.Port == 465) };
                relay.Close();
                return read;
            default:
                return section.Text("relay") is { } text && HostAndPort(section, "relay", text) is { } plain
                    ? plain with { IsImplicitTls = plain.Port == 465 }
                    : null;
        }
    }

    private static RelayOptions? HostAndPort(ConfigReader section, string key, string text)
    {
        var (host, port) = (text, 25);
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 1 and var bracket)
        {
            host = text[1..bracket];
            if (bracket + 1 < text.Length && (text[bracket + 1] != ':' || !TryPort(text[(bracket + 2)..], out port)))
                host = "";
        }
        else if (text.Count(c => c == ':') == 1)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            host = TryPort(text[(colon + 1)..], out port) ? text[..colon] : "";
        }

        if (IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns)
            return new RelayOptions { Host = host, Port = port };
        if (text.Length > 0)
            section.Refuse(key, $"'{text}' is no host with a port, like smtp.example.com:587 or [::1]:2525");
        return null;
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65_535;

    private static RetrySchedule Schedule(ConfigReader section)
    {
        // "schedule: [10m, 30m]" is YAML's own way to write the same list.
        var items = section.Items("schedule");
        if (items.Count == 0)
            return s_defaults.Schedule;
        if (RetrySchedule.TryParse(string.Join(", ", items.Select(i => i.Text)), out var schedule, out var reason))
            return schedule;
        section.Refuse("schedule", reason);
        return s_defaults.Schedule;
    }

    private static double Fraction(ConfigReader section, string key, double byDefault)
    {
        if (section.Text(key) is not { } text)
            return byDefault;
        var isPercent = text.EndsWith('%');
        if (double.TryParse(isPercent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && (isPercent ? value / 100 : value) is >= 0 and <= 1 and var fraction)
            return fraction;
        section.Refuse(key, $"'{text}' is no part from 0 to 1, like 0.1 or 10%");
        return byDefault;
    }

    private static ConcurrencyOptions Concurrency(ConfigReader? section)
    {
        var d = s_defaults.Concurrency;
        if (section is null)
            return d;
        var read = new ConcurrencyOptions
        {
            FirstAttempt = section.Integer("first-attempt", d.FirstAttempt, 1, 100_000),
            SecondAttempt = section.Integer("second-attempt", d.SecondAttempt, 1, 100_000),
            Later = section.Integer("later", d.Later, 1, 100_000),
        };
        section.Close();
        return read;
    }

    private static DestinationOptions PerDestination(ConfigReader? section)
    {
        var d = s_defaults.PerDestination;
        if (section is null)
            return d;
        var connections = section.Integer("connections", d.Connections, 1, 10_000);
        DeliveryRate? rate = null;
        if (section.Text("rate") is { } text && !DeliveryRate.TryParse(text, out rate, out var reason))
            section.Refuse("rate", reason);
        var read = new DestinationOptions
        {
            Connections = connections,
            InitialConnections = section.Integer("initial-connections", Math.Min(d.InitialConnections, connections), 1, connections),
            MessagesPerConnection = section.Integer("messages-per-connection", d.MessagesPerConnection, 1),
            Rate = rate,
            IdleTimeout = section.Duration("idle-timeout", d.IdleTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
        };
        section.Close();
        return read;
    }

    private static TimeSpan? DelayWarning(ConfigReader section) =>
        section.Node("delay-warning-after") is ConfigNode.Scalar { Text: "off" or "never" or "no" }
            ? null
            : section.Duration("delay-warning-after", s_defaults.DelayWarningAfter!.Value, TimeSpan.FromSeconds(1), RetrySchedule.DelayMax);

    private static string? HeloName(ConfigReader section)
    {
        if (section.Text("helo") is not { } text)
            return null;
        if (Uri.CheckHostName(text) == UriHostNameType.Dns || (text.StartsWith('[') && text.EndsWith(']')))
            return text;
        section.Refuse("helo", $"'{text}' is neither a host name nor an address literal like [192.0.2.1]");
        return null;
    }

    private static IPAddress? Address(ConfigReader section, string key)
    {
        if (section.Text(key) is not { } text)
            return null;
        if (IPAddress.TryParse(text, out var address))
            return address;
        section.Refuse(key, $"'{text}' is no address, like 192.0.2.1 or 2001:db8::1");
        return null;
    }

    private static List<IPEndPoint> Resolvers(ConfigReader section, ICollection<ConfigError> errors)
    {
        var servers = new List<IPEndPoint>();
        foreach (var item in section.Items("resolver"))
        {
            if (IPEndPoint.TryParse(item.Text, out var server))
                servers.Add(server.Port == 0 ? new IPEndPoint(server.Address, 53) : server);
            else
                errors.Add(new ConfigError(item.Location, item.Path, $"'{item.Text}' is no address of a name server, like 192.0.2.53 or 127.0.0.1:5353"));
        }

        return servers;
    }

    private static TimeoutOptions Timeouts(ConfigReader? section)
    {
        var d = s_defaults.Timeouts;
        if (section is null)
            return d;
        var (least, most) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        TimeSpan Stage(string key, TimeSpan byDefault) => section.Duration(key, byDefault, least, most);
        var read = new TimeoutOptions
        {
            Connect = Stage("connect", d.Connect),
            Greeting = Stage("greeting", d.Greeting),
            Hello = Stage("hello", d.Hello),
            Mail = Stage("mail", d.Mail),
            Recipient = Stage("recipient", d.Recipient),
            DataStart = Stage("data-start", d.DataStart),
            DataBlock = Stage("data-block", d.DataBlock),
            DataEnd = Stage("data-end", d.DataEnd),
            Quit = Stage("quit", d.Quit),
        };
        section.Close();
        return read;
    }
}
