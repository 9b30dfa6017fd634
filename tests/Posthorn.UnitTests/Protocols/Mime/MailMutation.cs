using System.Text;

namespace Posthorn.UnitTests.Protocols.Mime;

/// <summary>A mail damaged at random: bytes changed, taken out, repeated, and pieces put in that mean something to its readers.</summary>
internal static class MailMutation
{
    private static readonly byte[][] Splices =
        new[] { "\r\n", "\n", "\r", "\r\n\r\n", "--", "\n--", ":", ";", "=", "=?utf-8?q?", "?=", "\"", "(", "<", "%", "*", "\0", "boundary=", "Content-Type: multipart/mixed; boundary=x\n", "\n--x\n" }
            .Select(Encoding.Latin1.GetBytes).ToArray();

    public static byte[] Of(byte[] original, Random random)
    {
        var mail = new List<byte>(original);
        for (var changes = random.Next(1, 8); changes > 0 && mail.Count > 0; changes--)
        {
            var at = random.Next(mail.Count);
            switch (random.Next(6))
            {
                case 0:
                    mail[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mail.RemoveRange(at, Math.Min(random.Next(1, 50), mail.Count - at));
                    break;
                case 2:
                    mail.InsertRange(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 3:
                    mail.RemoveRange(at, mail.Count - at);
                    break;
                case 4:
                    mail.InsertRange(at, mail.GetRange(random.Next(at / 2 + 1), Math.Min(at / 2, 300)));
                    break;
                default:
                    mail[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. mail];
    }
}
