namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>A piece of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of quoted text what stands between the quotes.</param>
/// <param name="Position">Where it begins, from 0.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position)
{
    /// <summary>For messages: the text as a person would point at it.</summary>
    public string Shown => Kind == TokenKind.End ? "the end" : $"'{Text}'";
}
