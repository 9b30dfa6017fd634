using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Operate.Tls;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.Server.Retrieve.Pop3;
using DoorOptions = Posthorn.Server.Operate.Configuration.ListenOptions;

namespace Posthorn.Server;

/// <summary>The doors on Kestrel: where each is to listen, and, once it does, where it listens.</summary>
internal sealed class BoundDoors(DoorOptions listen)
{
    private readonly List<(string Door, ListenOptions Bound)> _bound = [];

    /// <summary>Where the doors are to listen; a port may be 0.</summary>
    public IReadOnlyList<Listener> Wanted { get; } = WantedOf(listen);

    /// <summary>Puts the doors that are on to Kestrel.</summary>
    public void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        foreach (var (door, place) in Wanted)
        {
            // Both families where there are both, IPv4 alone where there is no IPv6.
            if (place.Address.Equals(IPAddress.IPv6Any))
                kestrel.ListenAnyIP(place.Port, o => Open(door, o));
            else
                kestrel.Listen(place, o => Open(door, o));
        }
    }

    /// <summary>Where the doors listen, after the start.</summary>
    public IReadOnlyList<Listener> Listeners() => [.. _bound.Select(b => new Listener(b.Door, (IPEndPoint)b.Bound.EndPoint))];

    private static List<Listener> WantedOf(DoorOptions listen)
    {
        (string Door, IPEndPoint? Place)[] doors =
        [
            ("smtp", listen.Smtp), ("smtps", listen.Smtps), ("lmtp", listen.Lmtp), ("pop3", listen.Pop3), ("pop3s", listen.Pop3s),
            ("imap", listen.Imap), ("imaps", listen.Imaps),
            ("http", listen.Http), ("https", listen.Https),
        ];
        return [.. doors.Where(d => d.Place is not null).Select(d => new Listener(d.Door, d.Place!))];
    }

    private void Open(string door, ListenOptions options)
    {
        _bound.Add((door, options));
        switch (door)
        {
            case "smtp":
                options.UseSmtp(SmtpDoor.Smtp);
                break;
            case "smtps":
                options.UseSmtp(SmtpDoor.Smtps);
                break;
            case "lmtp":
                options.UseSmtp(SmtpDoor.Lmtp);
                break;
            case "pop3":
                options.UsePop3(Pop3Door.Pop3);
                break;
            case "pop3s":
                options.UsePop3(Pop3Door.Pop3s);
                break;
            case "imap":
                options.UseImap(ImapDoor.Imap);
                break;
            case "imaps":
                options.UseImap(ImapDoor.Imaps);
                break;
            case "http":
                options.Protocols = HttpProtocols.Http1;
                break;
            case "https":
                var certificates = options.ApplicationServices.GetRequiredService<TlsCertificates>();
                options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificates.Authentication) });
                break;
            default:
                throw new InvalidOperationException($"There is no door '{door}'.");
        }
    }
}
