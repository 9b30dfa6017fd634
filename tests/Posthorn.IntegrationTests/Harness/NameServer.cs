using System.Globalization;
using System.Net;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A real DNS server (dnsmasq) that knows only what a test tells it.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private NameServer(ChildProcess process, int port)
    {
        (_process, Port) = (process, port);
    }

    public int Port { get; }

    /// <param name="options">dnsmasq's, such as <c>--mx-host=slow.test,mx.slow.test,10</c> and <c>--address=/mx.slow.test/127.0.0.2</c>.</param>
    public static async Task<NameServer> StartAsync(params string[] options)
    {
        var port = FreePort.Take();
        var process = ChildProcess.Start(
            "/usr/sbin/dnsmasq",
            ["--keep-in-foreground", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--local=/test/", "--listen-address=127.0.0.1", "--bind-interfaces",
             "--user=root", "--pid-file=", "--port=" + port.ToString(CultureInfo.InvariantCulture), .. options]);
        await Until.TrueAsync(async () => process.HasExited || await FreePort.IsServedAsync(port), "dnsmasq answers");
        if (process.HasExited)
            throw new InvalidOperationException("dnsmasq did not start: " + process.Error);
        return new NameServer(process, port);
    }

    /// <summary>The mail exchanger of a domain, at an address of this machine.</summary>
    public static string[] Domain(string domain, IPAddress address) =>
        [$"--mx-host={domain},mx.{domain},10", $"--address=/mx.{domain}/{address}"];

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
