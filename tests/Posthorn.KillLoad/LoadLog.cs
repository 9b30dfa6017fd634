using System.Text;

namespace Posthorn.KillLoad;

/// <summary>Standard output, a line at a time; the pipe keeps what was written when the process is killed. A line that does not end in <c>;</c> was cut.</summary>
internal sealed class LoadLog
{
    private readonly Lock _gate = new(); // lines of several workers do not mix
    private readonly Stream _output = Console.OpenStandardOutput();

    public void Write(string line)
    {
        var bytes = Encoding.ASCII.GetBytes(line + " ;\n");
        lock (_gate)
        {
            _output.Write(bytes);
            _output.Flush();
        }
    }
}
