namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>The values of a text property: none, one, several (a header field that stands twice), or not read yet.</summary>
internal readonly struct TextValues
{
    private readonly string? _one;
    private readonly IReadOnlyList<string>? _many;

    private TextValues(string? one, IReadOnlyList<string>? many, bool isPending) => (_one, _many, IsPending) = (one, many, isPending);

    public static TextValues Pending { get; } = new(null, null, isPending: true);

    public static TextValues None => default;

    /// <summary>Whether the mail must be read first.</summary>
    public bool IsPending { get; }

    public bool Any => _one is not null || _many is { Count: > 0 };

    public static TextValues Of(string? one) => new(one, null, isPending: false);

    public static TextValues Of(IReadOnlyList<string> many) => new(null, many, isPending: false);

    /// <summary>Whether one of them is such.</summary>
    public bool AnyIs(Func<string, bool> test)
    {
        if (_one is not null)
            return test(_one);
        if (_many is null)
            return false;
        foreach (var value in _many)
        {
            if (test(value))
                return true;
        }

        return false;
    }
}
