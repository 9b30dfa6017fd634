using System.Text;
using Shouldly;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>Plays a dialogue of lines. <c>C:</c> the client, <c>S:</c> the server; a line of the server's that ends with … needs to begin so only.</summary>
internal static class Dialogue
{
    public static async Task PlayAsync(SmtpClient client, string script, Delivery delivery)
    {
        var said = new StringBuilder();
        foreach (var line in script.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("C:", StringComparison.Ordinal))
            {
                said.Append(line.AsSpan(line.Length > 2 ? 3 : 2)).Append("\r\n");
                continue;
            }
            await SayAsync(client, said.ToString(), delivery);
            said.Clear();
            if (line == "S: closed")
                await client.ClosedAsync();
            else
                await HearAsync(client, line.Length > 2 ? line[3..] : "");
        }
    }

    private static async Task HearAsync(SmtpClient client, string expected)
    {
        var line = await client.LineOrNullAsync();
        if (expected.EndsWith('…'))
            line.ShouldNotBeNull().ShouldStartWith(expected[..^1]);
        else
            line.ShouldBe(expected);
    }

    private static async Task SayAsync(SmtpClient client, string said, Delivery delivery)
    {
        var bytes = Encoding.UTF8.GetBytes(said);
        switch (delivery)
        {
            case Delivery.Whole when bytes.Length > 0:
                await client.SendBytesAsync(bytes);
                break;
            case Delivery.Lines:
                foreach (var line in said.Split("\r\n").SkipLast(1))
                    await client.SendAsync(line);
                break;
            case Delivery.Bytes:
                for (var i = 0; i < bytes.Length; i++)
                    await client.SendBytesAsync(bytes.AsMemory(i, 1));
                break;
        }
    }
}
