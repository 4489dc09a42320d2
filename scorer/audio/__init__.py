"""Sound in and out, through the ffmpeg program."""
