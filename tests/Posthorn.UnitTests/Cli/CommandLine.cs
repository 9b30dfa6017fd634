using System.Text;
using Posthorn.Cli;
using Posthorn.Cli.Terminal;
using Posthorn.UnitTests.Operate.Admin;

namespace Posthorn.UnitTests.Cli;

/// <summary>Runs the program in the test against a host, in a pipe: what it wrote, and how it ended.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    public static Task<CommandLine> RunAsync(AdminHost host, params string[] args) => RunAsync(host.Address.ToString(), [], isInputTerminal: false, host.Time, args);

    public static Task<CommandLine> AnswerAsync(AdminHost host, string answer, params string[] args) =>
        RunAsync(host.Address.ToString(), Encoding.UTF8.GetBytes(answer), isInputTerminal: true, host.Time, args);

    public static async Task<CommandLine> RunAsync(string server, byte[] input, bool isInputTerminal, TimeProvider time, params string[] args)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var writer = new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true };
        var code = await PosthornProgram.RunAsync(args, new Surroundings
        {
            Out = writer,
            Error = error,
            In = new StreamReader(new MemoryStream(input)),
            OpenOutput = () => new Unclosed(output),
            OpenInput = () => new MemoryStream(input),
            IsOutputTerminal = false,
            IsErrorTerminal = false,
            IsInputTerminal = isInputTerminal,
            Environment = name => name == "POSTHORN_SERVER" ? server : null,
            Time = time,
        });
        return new CommandLine(code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private sealed class Unclosed(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
