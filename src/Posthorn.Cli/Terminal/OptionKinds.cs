using System.CommandLine;
using System.CommandLine.Parsing;
using Posthorn.Client.Contracts;

namespace Posthorn.Cli.Terminal;

/// <summary>Options whose values are durations, sizes and words, each refused with what would be right.</summary>
internal static class OptionKinds
{
    private static readonly Dictionary<string, long> SizeUnits = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["B"] = 1, ["kB"] = 1_000, ["MB"] = 1_000_000, ["GB"] = 1_000_000_000, ["TB"] = 1_000_000_000_000,
        ["KiB"] = 1L << 10, ["MiB"] = 1L << 20, ["GiB"] = 1L << 30, ["TiB"] = 1L << 40,
    };

    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parse<TimeSpan?>(
            result, text => DurationText.TryParse(text, out var duration) ? duration : null, name, "no duration; write seconds, or 90s, 2h30m, 5d"),
    };

    public static Option<long?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => Parse<long?>(result, ParseSize, name, "no size; write bytes, or 50MB, 5GB"),
    };

    public static Option<T?> Word<T>(string name, string description)
        where T : struct, Enum
    {
        var words = string.Join(", ", Enum.GetValues<T>().Select(Readable.Word));
        return new(name)
        {
            Description = $"{description}: {words}",
            HelpName = "WORD",
            CustomParser = result => Parse<T?>(result, ParseWord<T>, name, $"none of {words}"),
        };
    }

    public static T? ParseWord<T>(string text)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(v => Readable.Word(v).Equals(text, StringComparison.OrdinalIgnoreCase)).Select(v => (T?)v).FirstOrDefault();

    private static long? ParseSize(string text)
    {
        var unit = text.AsSpan().TrimStart("0123456789.").Trim();
        return SizeUnits.TryGetValue(unit.ToString(), out var factor) && double.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), out var number)
            && number >= 0 ? (long)(number * factor) : null;
    }

    private static T? Parse<T>(ArgumentResult result, Func<string, T?> parse, string name, string wrong)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
        var value = parse(text);
        if (value is null)
            result.AddError($"{name}: '{text}' is {wrong}.");
        return value;
    }
}
