namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>What a piece of an expression is.</summary>
internal enum TokenKind
{
    End,
    /// <summary>A bare word: <c>size</c>, <c>50MB</c>, <c>a@b.example</c>, <c>10.0.0.0/8</c>.</summary>
    Word,
    /// <summary>Text in single or double quotes.</summary>
    Text,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    And,
    Or,
    Not,
    Comparison,
    In,
}
