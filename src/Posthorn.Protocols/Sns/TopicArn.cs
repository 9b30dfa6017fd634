using System.Buffers;
using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sns;

/// <summary>Names a topic over regions and accounts: <c>arn:aws:sns:region:account:name</c>.</summary>
/// <param name="Region">The region: the same name in another region is another topic.</param>
/// <param name="Account">The account number.</param>
/// <param name="Name">The topic's name, its <c>.fifo</c> included.</param>
public sealed record TopicArn(string Region, string Account, string Name)
{
    private const string FifoSuffix = ".fifo";

    private static readonly SearchValues<char> s_names = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Reads an ARN of a topic.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parameter">The parameter it stands in, for the refusal.</param>
    /// <exception cref="AwsException">It is none.</exception>
    public static TopicArn Parse(string text, string parameter)
    {
        var parts = text.Split(':');
        if (parts.Length < 6)
            throw SnsErrors.Invalid($"{parameter} Reason: An ARN must have at least 6 elements, not {parts.Length}");
        if (parts is not ["arn", { Length: > 0 }, "sns", { Length: > 0 } region, { Length: > 0 } account, var name] || !IsName(name))
            throw SnsErrors.Invalid(parameter);
        return new TopicArn(region, account, name);
    }

    /// <summary>Whether a text is a topic's name: 1 to 256 letters, digits, hyphens and underscores, of a FIFO topic with <c>.fifo</c> behind.</summary>
    public static bool IsName(string text)
    {
        var name = IsFifoName(text) ? text.AsSpan(0, text.Length - FifoSuffix.Length) : text;
        return text.Length <= SnsLimits.TopicNameLengthMax && name.Length > 0 && !name.ContainsAnyExcept(s_names);
    }

    /// <summary>Whether a name is a FIFO topic's.</summary>
    public static bool IsFifoName(string name) => name.EndsWith(FifoSuffix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"arn:aws:sns:{Region}:{Account}:{Name}";
}
