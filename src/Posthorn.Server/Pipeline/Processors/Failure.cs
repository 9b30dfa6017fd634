namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A failure as text: <c>System.TimeoutException: the answer took longer than 30s</c>.</summary>
internal static class Failure
{
    private const int LengthMax = 500;

    public static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().FullName}: {exception.Message.ReplaceLineEndings(" ")}";
        return text.Length <= LengthMax ? text : text[..LengthMax];
    }

    /// <summary>Whether a text describes an exception of a type, named short (<c>TimeoutException</c>) or in full.</summary>
    public static bool IsOfType(string text, string type)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text.AsSpan() : text.AsSpan(0, colon);
        return name.EndsWith(type, StringComparison.OrdinalIgnoreCase)
            && (name.Length == type.Length || name[^(type.Length + 1)] is '.' or '+');
    }
}
