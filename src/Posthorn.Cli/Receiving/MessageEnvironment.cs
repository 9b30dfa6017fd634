using System.Globalization;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Cli.Receiving;

/// <summary>What a command is told of its message in environment variables.</summary>
/// <remarks>
/// Names are upper case, and whatever is no letter or digit in them an underscore: <c>X-Kind</c> is <c>POSTHORN_HEADER_X_KIND</c>. All begin with <c>POSTHORN_</c>, so
/// no mail sets a variable that means something to a program. Several fields of a name are separated by line feeds.
/// Limits: a value of more than <see cref="ValueLengthMax"/> characters, and what is beyond <see cref="AllLengthMax"/>, is left out (it is in the mail);
/// systems start no program with more.
/// </remarks>
internal static class MessageEnvironment
{
    private const int ValueLengthMax = 16 * 1024;
    private const int AllLengthMax = 256 * 1024;

    /// <summary>Attributes of the mail path, which are the server's own.</summary>
    private const string OwnAttributes = "mail.";

    public static Dictionary<string, string> Of(ReceivedMessage received, MailOnDisk mail)
    {
        var message = received.Message;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["POSTHORN_ID"] = message.Id,
            ["POSTHORN_ORIGIN"] = message.Origin,
            ["POSTHORN_QUEUE"] = message.Queue,
            ["POSTHORN_NUMBER"] = message.Number.ToString(CultureInfo.InvariantCulture),
            ["POSTHORN_RECEIVE_COUNT"] = message.ReceiveCount.ToString(CultureInfo.InvariantCulture),
            ["POSTHORN_PRIORITY"] = message.Priority.ToString(CultureInfo.InvariantCulture),
            ["POSTHORN_ACCEPTED_AT"] = message.AcceptedAt.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        if (message.Group is { } group)
            variables["POSTHORN_GROUP"] = Clean(group);
        if (message.Sender is { } sender)
        {
            variables["POSTHORN_SENDER"] = Clean(sender);
            variables["POSTHORN_RECIPIENTS"] = Clean(string.Join('\n', message.Recipients));
        }
        var left = AllLengthMax;
        foreach (var field in mail.Header.Fields)
            Add(variables, "POSTHORN_HEADER_", field.Name, field.Text, ref left);
        foreach (var (name, value) in received.Attributes)
        {
            if (value.Text is { } text && !name.StartsWith(OwnAttributes, StringComparison.Ordinal))
                Add(variables, "POSTHORN_ATTRIBUTE_", name, text, ref left);
        }
        return variables;
    }

    private static void Add(Dictionary<string, string> variables, string prefix, string name, string value, ref int left)
    {
        var variable = prefix + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        value = Clean(value);
        var length = variable.Length + value.Length + 2;
        if (value.Length > ValueLengthMax || length > left)
            return;
        left -= length;
        variables[variable] = variables.TryGetValue(variable, out var before) ? $"{before}\n{value}" : value;
    }

    /// <summary>A variable ends with NUL.</summary>
    private static string Clean(string text) => text.Replace('\0', ' ');
}
