namespace Posthorn.IntegrationTests.Imap;

/// <summary>A command of a <see cref="DialogueScript"/>.</summary>
/// <param name="Connection">On which connection it is said, 1 or 2.</param>
/// <param name="Command">The command without its tag.</param>
/// <param name="Comparison">What of the answers must be alike.</param>
internal sealed record DialogueLine(int Connection, string Command, AnswerComparison Comparison);
