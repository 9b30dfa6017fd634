using Posthorn.Client.Contracts;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>Ends a request with a problem (RFC 9457). The codes are part of the API: see <see cref="Problems"/>.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
