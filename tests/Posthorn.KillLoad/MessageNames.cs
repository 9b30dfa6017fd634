using System.Globalization;
using System.Text;

namespace Posthorn.KillLoad;

/// <summary>
/// A message's name says all of it: <c>w3.17.0.p7.b600</c> is the first message of worker 3's step 17, with priority 7 and 600 bytes;
/// <c>.g1</c> behind it is its group.
/// </summary>
internal static class MessageNames
{
    public static string Of(int worker, int step, int index, int priority, int bytes, int? group = null) =>
        string.Create(CultureInfo.InvariantCulture, $"w{worker}.{step}.{index}.p{priority}.b{bytes}{(group is { } g ? $".g{g}" : "")}");

    public static int PriorityOf(string name) => int.Parse(Part(name, 'p')!, CultureInfo.InvariantCulture);

    public static string? GroupOf(string name) => Part(name, 'g');

    /// <summary>The bytes that a message of this name carries.</summary>
    public static byte[] BodyOf(string name)
    {
        var text = Encoding.ASCII.GetBytes(name + "\n");
        var bytes = new byte[int.Parse(Part(name, 'b')!, CultureInfo.InvariantCulture)];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = text[i % text.Length];
        return bytes;
    }

    private static string? Part(string name, char kind) => name.Split('.').Skip(3).FirstOrDefault(part => part[0] == kind)?[1..];
}
