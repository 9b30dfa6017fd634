using System.Net;
using System.Net.Sockets;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A port nobody listens on. For programs that cannot be told to take a free one themselves.</summary>
internal static class FreePort
{
    private static readonly HashSet<int> Given = [];

    public static int Take()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (Given)
            {
                if (Given.Add(port))
                    return port;
            }
        }
    }

    public static async Task<bool> IsServedAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
