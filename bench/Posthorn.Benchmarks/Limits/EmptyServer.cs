using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Posthorn.Benchmarks.Limits;

/// <summary>
/// Kestrel set up as Posthorn sets it up, with nothing behind it: more than it answers, code on Kestrel cannot. Prints <c>ready</c> and runs until it is told
/// to end.
/// </summary>
internal static class EmptyServer
{
    /// <summary>Answers each request, whatever it is, with 200 and no content.</summary>
    /// <param name="port">Where, on loopback.</param>
    public static Task RunHttpAsync(int port) => RunAsync(port, configure: null, answers: true);

    /// <summary>Holds an SMTP dialogue that agrees to everything and keeps nothing.</summary>
    /// <param name="port">Where, on loopback.</param>
    public static Task RunSmtpAsync(int port) => RunAsync(port, listen => listen.UseConnectionHandler<EmptyDialogue>(), answers: false);

    private static async Task RunAsync(int port, Action<ListenOptions>? configure, bool answers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => configure?.Invoke(listen)));
        builder.Services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true);
        await using var server = builder.Build();
        if (answers)
            server.Run(_ => Task.CompletedTask);
        await server.StartAsync();
        Console.WriteLine("ready");
        await server.WaitForShutdownAsync();
    }
}
